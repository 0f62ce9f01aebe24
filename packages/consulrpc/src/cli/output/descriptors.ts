import { type DescField, type DescMessage, type DescMethod, type DescService, ScalarType } from "@bufbuild/protobuf";

/** A service and the messages that its methods take and give, as a .proto file would say it. */
export function describedService(service: DescService): string {
  const methods = service.methods.map((method) => `  rpc ${method.name}(${input(method)}) returns (${output(method)});`);
  const messages = messagesOf(service).map(describedMessage);
  return [`service ${service.typeName} {`, ...methods, "}", ...messages].join("\n");
}

export function serviceAsJson(service: DescService): object {
  return {
    service: service.typeName,
    methods: service.methods.map((method) => ({
      name: method.name,
      kind: method.methodKind,
      input: method.input.typeName,
      output: method.output.typeName,
    })),
    messages: Object.fromEntries(
      messagesOf(service).map((message) => [
        message.typeName,
        Object.fromEntries(message.fields.map((field) => [field.name, typeOf(field)])),
      ]),
    ),
  };
}

function input({ methodKind, input: message }: DescMethod): string {
  return `${methodKind === "client_streaming" || methodKind === "bidi_streaming" ? "stream " : ""}${message.typeName}`;
}

function output({ methodKind, output: message }: DescMethod): string {
  return `${methodKind === "server_streaming" || methodKind === "bidi_streaming" ? "stream " : ""}${message.typeName}`;
}

/** Each once, those that the methods name first; google.protobuf's own are known to everybody. */
function messagesOf({ methods }: DescService): DescMessage[] {
  const found = new Set(methods.flatMap((method) => [method.input, method.output]));
  for (const message of found) for (const field of message.fields) if (field.message !== undefined) found.add(field.message);
  return [...found].filter(({ typeName }) => !typeName.startsWith("google.protobuf."));
}

function describedMessage(message: DescMessage): string {
  const fields = message.fields.map((field) => `  ${typeOf(field)} ${field.name} = ${field.number};`);
  return [`\nmessage ${message.typeName} {`, ...fields, "}"].join("\n");
}

function typeOf(field: DescField): string {
  switch (field.fieldKind) {
    case "scalar":
      return scalar(field.scalar);
    case "enum":
      return field.enum.typeName;
    case "message":
      return field.message.typeName;
    case "list":
      return `repeated ${field.listKind === "scalar" ? scalar(field.scalar) : (field.message ?? field.enum)?.typeName}`;
    case "map":
      return `map<${scalar(field.mapKey)}, ${field.mapKind === "scalar" ? scalar(field.scalar) : (field.message ?? field.enum)?.typeName}>`;
  }
}

function scalar(type: ScalarType): string {
  return (ScalarType[type] ?? String(type)).toLowerCase();
}
