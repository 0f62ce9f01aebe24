import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { connectShop, type OrderService, type ProductService, type UserService } from "./shop.js";

export interface Front extends AsyncDisposable {
  readonly url: string;
}

/** An HTTP server in front of the shop: `/orders/7` joins what the three services say. */
export async function startFront(): Promise<Front> {
  const [orders, users, products] = [
    connectShop<OrderService>("orders"),
    connectShop<UserService>("users"),
    connectShop<ProductService>("products"),
  ];
  const page = async (id: number): Promise<object> => {
    const [order, user, product] = await Promise.all([orders.getOrder(id), users.getUserInfo(id), products.getProduct(id)]);
    return { order, user: user.value, product: product.value };
  };
  const server = createServer((request, response) => {
    const id = /^\/orders\/(\d{1,9})$/.exec(request.url ?? "")?.[1];
    if (id === undefined) return answer(response, 404, { error: "there is /orders/NUMBER" });
    page(Number(id)).then(
      (joined) => answer(response, 200, joined),
      (error: Error) => answer(response, 503, { error: error.message }),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      for (const client of [orders, users, products]) await client[Symbol.asyncDispose]();
    },
  };
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(`${JSON.stringify(body, undefined, 2)}\n`);
}
