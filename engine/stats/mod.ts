/** Result figures: what a run made, and how it is shown. */
export type { BandEnd, BandRun, Bands, Interval, SeedSpread, Spread } from "./bands.ts";
export { EquityCurve } from "./equity_curve.ts";
export { type Figures, figures, type FiguresOptions } from "./figures.ts";
export { display, type Displayable, type MimeBundle, mimeBundle } from "./notebook.ts";
export { plotSvg } from "./plot.ts";
export type {
  EquityPoints,
  ExactMoney,
  InstrumentResult,
  ModelNames,
  RunHeader,
  RunResult,
  TapeName,
  Totals,
} from "./result.ts";
export { type RoundTrip, RoundTrips } from "./round_trips.ts";
export { sparkline } from "./sparkline.ts";
export { tearsheet, type TearsheetOptions } from "./tearsheet.ts";
