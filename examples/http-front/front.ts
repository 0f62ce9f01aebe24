// HTTP in front of services: plain fastify asks two services at once and joins their answers.
import { connect, serve } from "consulrpc";
import { fastify } from "fastify";

class Users {
  getUserInfo(id: number): { id: number; email: string } {
    return { id, email: `user${id}@example.com` };
  }
}
class Orders {
  ofUser(id: number): string[] {
    return [`order ${id}-1`, `order ${id}-2`];
  }
}
await using usersServer = await serve("shop.Users", new Users());
await using ordersServer = await serve("shop.Orders", new Orders());
await using users = connect<Users>("shop.Users");
await using orders = connect<Orders>("shop.Orders");
console.log(`users at ${usersServer.address}, orders at ${ordersServer.address}`);

const front = fastify();
front.get<{ Params: { id: string } }>("/users/:id", async ({ params }) => {
  const id = Number(params.id);
  const [user, ordered] = await Promise.all([users.getUserInfo(id), orders.ofUser(id)]);
  return { ...user, orders: ordered };
});
const address = await front.listen({ port: 0, host: "127.0.0.1" });
console.log(await (await fetch(`${address}/users/7`)).text());
await front.close();
