/** Headers of the carriers over plain HTTP. */

/** The header in which a client names its link; the name is a secret, and so in no URL. */
export const LINK_HEADER = "lockstep-link";
/** The header that counts a link's posts, from 0. */
export const POST_HEADER = "lockstep-post";
