/* What the start file leaves to the program. */
#ifndef CLI_RELOCATE_H
#define CLI_RELOCATE_H

/* Applies the relocations of DT_RELR, if nobody has yet. Before that, no pointer in static data may
 * be read. */
void relocate(void);

#endif
