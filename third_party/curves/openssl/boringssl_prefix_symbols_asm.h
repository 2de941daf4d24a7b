/* AWS-LC's names need no prefix here. */
