import { freeAndLocked } from "./balances.ts";
import { type Answering, type Endpoints, marketOf } from "./endpoint.ts";
import { isWithin } from "./order_endpoints.ts";
import { amountText } from "./spot_symbol.ts";

/** What the owner of the account may ask of it. */
export function accountEndpoints(answering: Answering): Endpoints {
  const { exchange, clock, weights } = answering;
  const signed = { security: "signed" } as const;
  return {
    account: {
      ...signed,
      weight: 20,
      params: ["omitZeroBalances"],
      answer: (params) => accountOf(answering, params.optional("omitZeroBalances") === "true"),
    },
    commission: {
      ...signed,
      weight: 20,
      params: ["symbol"],
      answer(params) {
        const { symbol } = marketOf(exchange, params), none = amountText(0n);
        const nothing = { maker: none, taker: none, buyer: none, seller: none };
        return {
          symbol: symbol.name,
          standardCommission: { ...nothing, maker: exchange.rate(symbol, true), taker: exchange.rate(symbol, false) },
          taxCommission: nothing,
          discount: { enabledForAccount: false, enabledForSymbol: false, discountAsset: "", discount: none },
        };
      },
    },
    trades: {
      ...signed,
      weight: 20,
      params: ["symbol", "orderId", "startTime", "endTime", "fromId", "limit"],
      answer(params) {
        const { symbol } = marketOf(exchange, params), limit = params.count("limit", 500, 1000);
        const order = params.whole("orderId"), from = params.whole("fromId");
        const of = exchange.orders.all.filter((each) => each.symbol === symbol && !(order >= 0 && each.id !== order));
        const fills = of.flatMap((each) => each.fills.map((fill) => ({ each, fill })))
          .filter(({ fill: { id, time } }) => !(id < from) && isWithin(time, params))
          .sort((a, b) => a.fill.id - b.fill.id);
        const first = from >= 0 || params.has("startTime");
        return (first ? fills.slice(0, limit) : fills.slice(-limit)).map(({ each, fill }) => each.trade(fill));
      },
    },
    orderRates: {
      ...signed,
      weight: 40,
      params: [],
      answer() {
        const [tenSeconds, day] = weights.orders(clock.now());
        return weights.limits.slice(1).map((limit, i) => ({ ...limit, count: [tenSeconds, day][i] }));
      },
    },
  };
}

function accountOf({ exchange, clock }: Answering, omitsZero: boolean) {
  const { symbol } = exchange.markets[0], maker = exchange.rate(symbol, true), taker = exchange.rate(symbol, false);
  return {
    makerCommission: basisPoints(maker),
    takerCommission: basisPoints(taker),
    buyerCommission: 0,
    sellerCommission: 0,
    commissionRates: { maker, taker, buyer: amountText(0n), seller: amountText(0n) },
    canTrade: true,
    canWithdraw: false,
    canDeposit: false,
    brokered: false,
    requireSelfTradePrevention: false,
    preventSor: false,
    updateTime: clock.market,
    accountType: "SPOT",
    balances: exchange.balances().filter(({ total }) => !omitsZero || total !== 0n)
      .map((each) => ({ asset: each.asset, ...freeAndLocked(each) })),
    permissions: ["SPOT"],
    uid: 1,
  };
}

function basisPoints(rate: string): number {
  return Math.round(Number(rate) * 10_000);
}
