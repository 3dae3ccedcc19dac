/** Begins the name of each suite, so that the summary knows it. */
export const SUITE = 'conformance: ';
/** Begins the sentence of an excepted check. */
export const EXCEPTED = 'excepted: ';
