/** Which side of a trade we were. */
export const MAKER = 0;
export const TAKER = 1;
