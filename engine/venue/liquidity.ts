/** Which side of a trade we were. */
export const MAKER = 0;
/** Our order took. */
export const TAKER = 1;
