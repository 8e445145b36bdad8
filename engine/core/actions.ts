/** What scheduled events ask for; numbers below these are answers, by their event of order_life.ts. */
export const NEW_ORDER = 20;
export const CANCEL = 21;
export const AMEND = 22;
/** The venue looks at its times in force. */
export const TIME_IN_FORCE = 23;
/** Timers: one of the strategy's, or the session's own sample of the account. */
export const STRATEGY_TIMER = 24;
export const SAMPLE = 25;
