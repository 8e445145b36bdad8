import { assertEquals } from "@std/assert";
import { BUY, NONE, SELL } from "../core/event.ts";
import { BAD_PRICE, BAD_SIDE, BAD_SIZE, DONE, ORDER_EXISTS, type OrderBook, UNKNOWN_ORDER } from "./book.ts";
import { L3Book } from "./l3.ts";
import { NaiveL3Book } from "./naive_l3.ts";

for (const Book of [L3Book, NaiveL3Book]) {
  Deno.test(`${Book.name}: an empty book has no best price, no levels, and refuses nothing it is asked about`, () => {
    const book = new Book();
    assertEquals([book.bestBid, book.bestAsk, book.bestBidSize, book.bestAskSize], [-Infinity, Infinity, 0, 0]);
    assertEquals([book.has(1, 0), book.orderSize(1, 0), book.lotsAhead(1, 0), book.orderSide(1, 0)], [
      false,
      0,
      -1,
      NONE,
    ]);
    assertEquals([book.levelSize(BUY, 5), book.levelOrders(SELL, 5), book.next(BUY, 9), book.next(SELL, 9)], [
      0,
      0,
      -Infinity,
      Infinity,
    ]);
    assertEquals(book.crossed, false);
  });

  Deno.test(`${Book.name}: orders at one price queue by time`, () => {
    const book = filledWithBids(new Book());
    assertEquals([book.lotsAhead(1, 0), book.lotsAhead(2, 0), book.lotsAhead(3, 0)], [0, 10, 30]);
    assertEquals([book.ordersAhead(1, 0), book.ordersAhead(2, 0), book.ordersAhead(3, 0)], [0, 1, 2]);
    assertEquals([book.levelSize(BUY, 100), book.levelOrders(BUY, 100)], [60, 3]);
  });

  Deno.test(`${Book.name}: modify keeps the place only at the same price and no larger size`, () => {
    const book = filledWithBids(new Book());
    book.modify(1, 0, 100, 4);
    assertEquals(queue(book, BUY, 100), "1:4 2:20 3:30");
    book.modify(1, 0, 100, 5);
    assertEquals(queue(book, BUY, 100), "2:20 3:30 1:5");
    book.modify(2, 0, 101, 20);
    book.modify(2, 0, 100, 20);
    assertEquals(queue(book, BUY, 100), "3:30 1:5 2:20");
  });

  Deno.test(`${Book.name}: cancel and execute take lots, and the order at the last one`, () => {
    const book = filledWithBids(new Book());
    assertEquals(book.cancel(2, 0, 5), DONE);
    assertEquals(book.execute(1, 0, 10), DONE);
    assertEquals(queue(book, BUY, 100), "2:15 3:30");
    book.cancel(2, 0, 15);
    book.execute(3, 0, 30);
    assertEquals([book.count, book.bestBid, book.levelCount(BUY)], [0, -Infinity, 0]);
  });

  Deno.test(`${Book.name}: refusals carry a code and change nothing`, () => {
    const book = filledWithBids(new Book());
    const cases: [number, number][] = [
      [book.add(1, 0, BUY, 101, 1), ORDER_EXISTS],
      [book.add(9, 0, NONE, 101, 1), BAD_SIDE],
      [book.add(9, 0, BUY, 100.5, 1), BAD_PRICE],
      [book.add(9, 0, BUY, NaN, 1), BAD_PRICE],
      [book.add(9, 0, BUY, 2 ** 53, 1), BAD_PRICE],
      [book.add(9, 0, BUY, 100, 0), BAD_SIZE],
      [book.add(9, 0, BUY, 100, -1), BAD_SIZE],
      [book.add(9, 0, BUY, 100, NaN), BAD_SIZE],
      [book.add(9, 0, BUY, 100, 1.5), BAD_SIZE],
      [book.modify(1, 0, 100, 0), BAD_SIZE],
      [book.modify(1, 0, Infinity, 1), BAD_PRICE],
      [book.cancel(1, 0, 11), BAD_SIZE],
      [book.cancel(1, 0, -1), BAD_SIZE],
      [book.execute(1, 0, 0), BAD_SIZE],
      [book.execute(1, 0, NaN), BAD_SIZE],
    ];
    for (const [found, expected] of cases) assertEquals(found, expected);
    assertEquals(book.unknownOrders, 0);
    assertEquals([book.modify(9, 0, 1, 1), book.cancel(9, 0, 1), book.execute(1, 1, 1)], Array(3).fill(UNKNOWN_ORDER));
    assertEquals(book.unknownOrders, 3);
    assertEquals([queue(book, BUY, 100), book.count, book.bestBid], ["1:10 2:20 3:30", 3, 100]);
  });

  Deno.test(`${Book.name}: both halves of the id count, signed or unsigned`, () => {
    const book = new Book();
    book.add(5, 0, SELL, 10, 1);
    book.add(5, 1, SELL, 10, 2);
    book.add(0xffffffff, 0xdeadbeef, SELL, 10, 3);
    assertEquals([book.orderSize(5, 0), book.orderSize(5, 1), book.orderSize(-1, 0xdeadbeef | 0)], [1, 2, 3]);
  });

  Deno.test(`${Book.name}: top, next and best walk levels far apart`, () => {
    const book = new Book();
    const asks = [617_050, 6_170_500, 2 ** 52, 617_051, 0, -4];
    asks.forEach((price, i) => book.add(i, 7, SELL, price, i + 1));
    const prices = new Float64Array(10), sizes = new Float64Array(10), counts = new Int32Array(10);
    assertEquals(book.top(SELL, 10, prices, sizes, counts), 6);
    assertEquals([...prices.subarray(0, 6)], [-4, 0, 617_050, 617_051, 6_170_500, 2 ** 52]);
    assertEquals([...sizes.subarray(0, 6)], [6, 5, 1, 4, 2, 3]);
    assertEquals([book.bestAsk, book.next(SELL, 617_051), book.next(SELL, 2 ** 52)], [-4, 6_170_500, Infinity]);
    assertEquals(book.top(SELL, 2, prices, sizes, counts), 2);
  });

  Deno.test(`${Book.name}: clearThrough takes from the best up to and with a price, clear one side or all`, () => {
    const book = new Book();
    for (let i = 0; i < 10; i++) {
      book.add(i, 0, BUY, 100 - i, 1);
      book.add(100 + i, 0, SELL, 101 + i, 1);
    }
    book.clearThrough(BUY, 97);
    book.clearThrough(SELL, 100);
    assertEquals([book.bestBid, book.bestAsk, book.count, book.has(3, 0)], [96, 101, 16, false]);
    book.clear(SELL);
    assertEquals([book.bestAsk, book.count], [Infinity, 6]);
    book.clear(NONE);
    assertEquals([book.bestBid, book.count, book.has(5, 0), book.add(5, 0, BUY, 1, 1)], [-Infinity, 0, false, DONE]);
  });
}

Deno.test("L3Book: memory follows what is live, not how many orders there were", () => {
  const book = new L3Book();
  for (let i = 0; i < 200_000; i++) {
    book.add(i, i & 3, BUY, 1000 + i, 1);
    if (i >= 100) book.cancel(i - 100, (i - 100) & 3, 1);
  }
  assertEquals([book.count, book.capacity, book.bestBid], [100, 256, 200_999]);
});

function filledWithBids<Book extends OrderBook>(book: Book): Book {
  book.add(1, 0, BUY, 100, 10);
  book.add(2, 0, BUY, 100, 20);
  book.add(3, 0, BUY, 100, 30);
  return book;
}

function queue(book: OrderBook, side: number, price: number): string {
  const orders: string[] = [];
  book.eachOrder(side, price, (low, _high, size) => orders.push(`${low}:${size}`));
  return orders.join(" ");
}
