import type { ClassClient } from "@consulrpc/grpc";
import { type Connected, connect } from "../door/connect.js";

/** The shop: three services that call each other, as classes; callers know them by their types alone. */

export interface User {
  readonly id: number;
  readonly name: string;
  readonly email: string;
}

export interface Product {
  readonly id: number;
  readonly name: string;
  readonly cents: number;
}

export interface Order {
  readonly id: number;
  /** Where the receipt goes: the user service knows. */
  readonly email: string;
  readonly product: string;
  readonly cents: number;
  /** The instances that took part, in the order in which they were asked. */
  readonly by: readonly string[];
}

/** A value, and the instance that gave it. */
export interface Answered<T> {
  readonly value: T;
  readonly by: string;
}

const NAMES = ["Ada", "Grace", "Edsger", "Barbara", "Tony"];
const GOODS = ["lamp", "kettle", "notebook", "bicycle"];

export class UserService {
  private readonly id: string;

  constructor(id: string) {
    this.id = id;
  }

  getUserInfo(userId: number): Answered<User> {
    const name = NAMES[userId % NAMES.length] ?? "";
    return { value: { id: userId, name, email: `${name.toLowerCase()}@example.com` }, by: this.id };
  }
}

export class ProductService {
  private readonly id: string;

  constructor(id: string) {
    this.id = id;
  }

  getProduct(productId: number): Answered<Product> {
    const name = GOODS[productId % GOODS.length] ?? "";
    return { value: { id: productId, name, cents: 100 * name.length }, by: this.id };
  }
}

export class OrderService {
  private readonly id: string;
  private readonly users: ShopClient<UserService> = connectShop<UserService>("users");
  private readonly products: ShopClient<ProductService> = connectShop<ProductService>("products");

  constructor(id: string) {
    this.id = id;
  }

  /** Asks both others at once. */
  async getOrder(orderId: number): Promise<Order> {
    const [user, product] = await Promise.all([this.users.getUserInfo(orderId), this.products.getProduct(orderId)]);
    return {
      id: orderId,
      email: user.value.email,
      product: product.value.name,
      cents: product.value.cents,
      by: [this.id, user.by, product.by],
    };
  }
}

/** As Consul knows them: names without dots, so that its DNS answers for them too. */
export type ServiceName = "users" | "products" | "orders";

export const services: Readonly<Record<ServiceName, { readonly contract: string; readonly implementation: new (id: string) => object }>> = {
  users: { contract: "shop.UserService", implementation: UserService },
  products: { contract: "shop.ProductService", implementation: ProductService },
  orders: { contract: "shop.OrderService", implementation: OrderService },
};

export type ShopClient<T> = ClassClient<T> & Connected;

/** Reading twice does no harm, so that a call whose instance dies under it is made again elsewhere. */
export function connectShop<T>(name: ServiceName): ShopClient<T> {
  const retry = {
    maxAttempts: 4,
    initialBackoff: "0.01s",
    maxBackoff: "0.1s",
    backoffMultiplier: 2,
    retryableStatusCodes: ["UNAVAILABLE"],
  };
  return connect<T>(services[name].contract, `consul://${name}`, { retry, timeoutMs: 10_000, lastGood: false });
}
