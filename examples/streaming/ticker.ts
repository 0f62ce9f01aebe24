// A stock ticker: the server streams, the client takes what it wants and leaves.
import { connect, serve } from "consulrpc";

interface Quote {
  readonly symbol: string;
  readonly price: number;
  readonly at: Date;
}

class Ticker {
  /** The price walks; back-pressure makes it walk no faster than its reader. */
  async *quotes(symbol: string): AsyncGenerator<Quote> {
    for (let price = 100; ; price += 0.5) yield { symbol, price, at: new Date() };
  }
}

await using server = await serve("shop.Ticker", new Ticker());
await using ticker = connect<Ticker>("shop.Ticker");
console.log(`ticker at ${server.address}`);

for await (const { symbol, price, at } of ticker.quotes("CRPC")) {
  console.log(`${symbol} ${price.toFixed(2)} ${at instanceof Date ? "(a Date arrived)" : ""}`);
  if (price >= 101.5) break;
}
