import type { UpdateData } from "../client/mod.ts";
import type { Figure } from "./figures.ts";
import { figureText, type Instrument, priceText, sizeText } from "./format.ts";

/** Fields of the channel positions. */
export type PositionData = UpdateData<"positions">;

/** A position in one instrument, in figures. */
export function positionFigures(instrument: Instrument): readonly Figure<PositionData>[] {
  return [
    {
      title: "Position",
      text: ({ position }) => position === undefined ? "–" : sizeText(instrument, position),
      sign: ({ position = 0 }) => position,
    },
    {
      title: "Average price",
      text: ({ average = null }) => priceText(instrument, average, 1),
      none: "Nothing is held",
    },
    { title: "Realised", text: ({ realised }) => figureText(realised), sign: ({ realised }) => Number(realised ?? 0) },
    {
      title: "Unrealised",
      text: ({ unrealised }) => figureText(unrealised),
      sign: ({ unrealised }) => Number(unrealised ?? 0),
      none: "The position has no price yet",
    },
  ];
}
