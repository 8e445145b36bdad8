/** Int32 words of one record of a waiting row; sixteen, so that it fills one cache line. */
export const RECORD_WORDS = 16;

/** Words of a record; each int64 takes two, low half first. */
export const WORD = { EXCHANGE: 0, LOCAL: 2, PRICE: 4, SIZE: 6, ID: 8, KIND: 10, SIDE: 11 } as const;
/** Which clocks the row is still to be given to, as AT_EXCHANGE | AT_LOCAL. */
export const DUE = 12;
/** On which clocks the row is the last of its message. */
export const ENDS = 13;
/** Its place in the order of the exchange's clock, once that is final. */
export const EXCHANGE_PLACE = 14;
/** Its place in the order of our clock. */
export const LOCAL_PLACE = 15;
