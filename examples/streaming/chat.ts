// A chat room: both sides stream at once over one call.
import { connect, serve } from "consulrpc";

class Room {
  private readonly lines: string[] = [];

  /** Answers every line with the room's memory of it. */
  async *join(name: string, said: AsyncIterable<string>): AsyncGenerator<string> {
    yield `${name} joined`;
    for await (const line of said) {
      this.lines.push(`${name}: ${line}`);
      yield `${this.lines.length}. ${name}: ${line}`;
    }
    yield `${name} left`;
  }
}

async function* typed(...lines: string[]): AsyncGenerator<string> {
  yield* lines;
}

await using server = await serve("chat.Room", new Room());
await using room = connect<Room>("chat.Room");
console.log(`room at ${server.address}`);
for await (const line of room.join("Ada", typed("hello", "is anybody here?"))) console.log(line);
