/* State that a process inherits from whoever started it: put right at the start, given back to the
 * programs that are started from here. */
#ifndef OS_PROCESS_H
#define OS_PROCESS_H

/* Opens descriptors 0 to 2 if they are closed; resets the signals whose inherited disposition or
 * mask would break waiting and writing; lets signals end process 1, too; leaves no core file. */
void process_begin(void);
/* Before execve(2): signals as they were inherited. */
void process_restore_signals(void);

#endif
