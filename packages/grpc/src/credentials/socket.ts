/** One form to one URL. Redirects are errors: a secret goes nowhere else. */
export async function postForm(
  url: string,
  form: URLSearchParams,
  headers: Readonly<Record<string, string>>,
  timeoutMs: number,
): Promise<{ readonly status: number; readonly body: string }> {
  const response = await fetch(url, { method: "POST", body: form, headers, redirect: "error", signal: AbortSignal.timeout(timeoutMs) });
  return { status: response.status, body: await response.text() };
}
