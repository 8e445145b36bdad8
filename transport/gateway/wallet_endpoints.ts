import { freeAndLocked } from "./balances.ts";
import type { Answering, Endpoints } from "./endpoint.ts";

/** What a key of the gateway may do. */
const RESTRICTIONS = {
  ipRestrict: false,
  createTime: 0,
  enableReading: true,
  enableWithdrawals: false,
  enableInternalTransfer: false,
  enableMargin: false,
  enableFutures: false,
  permitsUniversalTransfer: false,
  enableVanillaOptions: false,
  enableSpotAndMarginTrading: true,
};

/**
 * What clients ask of the parts of Binance that are no spot exchange, as far as they cannot begin without an answer: the assets
 * there are, what they cost to trade, and that there is neither margin nor futures.
 */
export function walletEndpoints({ exchange, clock, weights }: Answering): Endpoints {
  const none = { security: "none", weight: 1, params: [] } as const;
  const futures = () => ({
    timezone: "UTC",
    serverTime: clock.now(),
    rateLimits: weights.limits,
    exchangeFilters: [],
    assets: [],
    symbols: [],
  });
  const time = () => ({ serverTime: clock.now() });
  return {
    systemStatus: { ...none, answer: () => ({ status: 0, msg: "normal" }) },
    assets: {
      security: "signed",
      weight: 10,
      params: [],
      answer: () =>
        exchange.balances().map((each) => ({
          coin: each.asset,
          name: each.asset,
          ...freeAndLocked(each),
          depositAllEnable: false,
          withdrawAllEnable: false,
          freeze: "0",
          ipoable: "0",
          ipoing: "0",
          isLegalMoney: false,
          storage: "0",
          trading: true,
          withdrawing: "0",
          networkList: [],
        })),
    },
    fees: {
      security: "signed",
      weight: 1,
      params: ["symbol"],
      answer: (params) =>
        exchange.markets.filter(({ symbol }) => !params.has("symbol") || symbol.name === params.text("symbol"))
          .map(({ symbol }) => ({
            symbol: symbol.name,
            makerCommission: exchange.rate(symbol, true),
            takerCommission: exchange.rate(symbol, false),
          })),
    },
    restrictions: {
      security: "signed",
      weight: 1,
      params: [],
      answer: () => RESTRICTIONS,
    },
    noPairs: { security: "key", weight: 1, params: ["symbol"], answer: () => [] },
    noIsolatedPairs: { security: "key", weight: 1, params: ["symbol"], answer: () => [] },
    linear: { ...none, answer: futures },
    inverse: { ...none, answer: futures },
    linearTime: { ...none, answer: time },
    inverseTime: { ...none, answer: time },
  };
}
