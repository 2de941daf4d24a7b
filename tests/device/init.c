/* Process 1 of a device that has a kernel, the program and a CA file: no /etc, no /dev, no /proc,
 * the clock at 1970. It loads the modules that the network card needs, sets an address, runs the
 * program in the ways of the arguments, prints result, time and peak memory of each, and turns the
 * device off. Written for the tests; the address is that of qemu's network. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <net/route.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_ 1024

static void open_console(void) {
    mknod("/console", S_IFCHR | 0600, makedev(5, 1));
    int fd = open("/console", O_RDWR);
    unlink("/console");
    for (int i = 0; i < 3; i++) {
        dup2(fd, i);
    }
}

static void load_modules(void) {
    static const char *const names[] = {"virtio",       "virtio_ring", "virtio_mmio", "failover",
                                        "net_failover", "virtio_net",  "mii",         "pcnet32"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[64];
        snprintf(path, sizeof path, "/%s.ko", names[i]);
        int fd = open(path, O_RDONLY);
        if (fd >= 0 && syscall(SYS_finit_module, fd, "", 0) != 0) {
            perror(path);
        }
        close(fd);
        unlink(path);
    }
}

static void set_address(int fd, struct ifreq *request, unsigned long call, const char *address) {
    struct sockaddr_in *in = (struct sockaddr_in *)&request->ifr_addr;
    memset(in, 0, sizeof *in);
    in->sin_family = AF_INET;
    inet_pton(AF_INET, address, &in->sin_addr);
    if (ioctl(fd, call, request) != 0) {
        perror("address");
    }
}

static void switch_network(bool on) {
    struct ifreq request = {.ifr_name = "eth0"};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (on) {
        set_address(fd, &request, SIOCSIFADDR, "10.0.2.15");
        set_address(fd, &request, SIOCSIFNETMASK, "255.255.255.0");
    }
    request.ifr_flags = on ? IFF_UP : 0;
    if (ioctl(fd, SIOCSIFFLAGS, &request) != 0) {
        perror("eth0");
    }
    close(fd);
}

static void run(char *line) {
    char *words[40];
    size_t count = 0;
    for (char *word = strtok(line, " "); word != NULL && count < 39; word = strtok(NULL, " ")) {
        words[count++] = word;
    }
    words[count] = NULL;
    execv("/pinetoken", words);
    perror("/pinetoken");
    _exit(127);
}

/* "NAME|off|SECONDS|ARGUMENTS": with the network off, the clock set to SECONDS after three seconds.
 */
static void run_line(char *line) {
    char *name = strtok(line, "|");
    bool has_network = strcmp(strtok(NULL, "|"), "on") == 0;
    long long clock = atoll(strtok(NULL, "|"));
    char *arguments = strtok(NULL, "|");
    struct timespec begin;
    struct timespec end;
    struct rusage usage;
    int status = 0;
    switch_network(has_network);
    clock_gettime(CLOCK_MONOTONIC, &begin);
    pid_t pid = fork();
    if (pid == 0) {
        run(arguments);
    }
    if (clock != 0) {
        const struct timeval now = {.tv_sec = (time_t)clock};
        sleep(3);
        settimeofday(&now, NULL);
    }
    wait4(pid, &status, 0, &usage);
    clock_gettime(CLOCK_MONOTONIC, &end);
    printf("\nRAN %s exit %d ms %lld kilobytes %ld\n", name, WEXITSTATUS(status),
           (long long)(end.tv_sec - begin.tv_sec) * 1000 + (end.tv_nsec - begin.tv_nsec) / 1000000,
           usage.ru_maxrss);
    fflush(stdout);
}

int main(void) {
    char line[LINE_MAX_];
    open_console();
    load_modules();
    for (int i = 0; i < 100 && if_nametoindex("eth0") == 0; i++) {
        usleep(100000);
    }
    FILE *lines = fopen("/runs", "r");
    unlink("/runs");
    unlink("/init");
    while (lines != NULL && fgets(line, sizeof line, lines) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        run_line(line);
    }
    printf("RAN everything\n");
    fflush(stdout);
    reboot(RB_POWER_OFF);
    return 0;
}
