import { strategy } from "../mod.ts";

/**
 * Does nothing by itself: for whoever drives the session from outside, at pace lockstep or any other.
 *
 * What is commanded stands in the run's journal, so that `lockstep verify` makes the run again without whoever drove it.
 */
export default strategy({
  name: "remote",
  about: "Does nothing by itself: for whoever drives the session from outside.",
  params: {},
  create: () => ({}),
});
