/**
 * Simulated participants, who make a whole market: the feed of a session that has neither a tape nor an exchange.
 *
 * `agent_market.ts` lets them act on a book of their own (`fifo_book.ts`) and gives what an exchange would publish;
 * `agent_spec.ts` reads how they are asked for. `engine/run/agent_tape.ts` keeps what they did as a tape, so that a run on them is verified and
 * replayed as any other.
 *
 * @module
 */
export { AGENT_INSTRUMENT, AgentMarket, type AgentMarketOptions, type AgentMarketSinks } from "./agent_market.ts";
export { type AgentSpec, parseAgents } from "./agent_spec.ts";
