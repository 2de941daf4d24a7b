# What is installed where, a line each: mode, from, to. The program, and what goes with it:
define INSTALLED_PROGRAM
0755 build/musl/pinetoken $(PREFIX)/bin/pinetoken
0644 build/install/pinetoken-agent@.service $(PREFIX)/lib/systemd/system/pinetoken-agent@.service
0644 packaging/systemd/pinetoken.sysusers $(PREFIX)/lib/sysusers.d/pinetoken.conf
0644 build/install/pinetoken.bash $(PREFIX)/share/bash-completion/completions/pinetoken
0644 build/install/_pinetoken $(PREFIX)/share/zsh/$(ZSH_FUNCTIONS)/_pinetoken
0644 build/install/pinetoken.fish $(PREFIX)/share/fish/vendor_completions.d/pinetoken.fish
0644 docs/pinetoken.1 $(MANDIR)/man1/pinetoken.1
endef
# The library:
RELEASED := build/glibc-release
define INSTALLED_LIBRARY
0644 include/pinetoken.h $(PREFIX)/include/pinetoken.h
0644 $(RELEASED)/libpinetoken.a $(LIBDIR)/libpinetoken.a
0755 $(RELEASED)/libpinetoken.so.$(ABI) $(LIBDIR)/libpinetoken.so.$(ABI)
0644 build/install/pinetoken.pc $(LIBDIR)/pkgconfig/pinetoken.pc
0644 docs/libpinetoken.3 $(MANDIR)/man3/libpinetoken.3
endef
export INSTALLED_PROGRAM INSTALLED_LIBRARY
# Debian's own packages have theirs in vendor-completions.
ZSH_FUNCTIONS := site-functions

.PHONY: shared completions installed-files install-program install install-python uninstall
# Where the system's Python looks: python3 -c 'import site; print(site.getsitepackages())'
PYTHONDIR := $(PREFIX)/lib/python3/dist-packages
shared: $(RELEASED)/libpinetoken.so.$(ABI) ## build build/glibc-release/libpinetoken.so.0

# From the same table as the help and the parser.
build/completions: $(COMPLETIONS) $(wildcard tools/completions/*.h) $(wildcard src/base/*.h src/cli/*.h include/*.h)
	@mkdir -p $(@D)
	$(Q)gcc $(STANDARD) $(WARNINGS) -O1 $(INCLUDES) $(filter %.c,$^) -o $@
completions: build/completions
	@mkdir -p build/install
	$(Q)sed 's|/usr/bin/pinetoken|$(PREFIX)/bin/pinetoken|' 'packaging/systemd/pinetoken-agent@.service' > 'build/install/pinetoken-agent@.service'
	$(Q)build/completions bash > build/install/pinetoken.bash
	$(Q)build/completions zsh > build/install/_pinetoken
	$(Q)build/completions fish > build/install/pinetoken.fish
install-program: completions build/musl/pinetoken ## program, manual, completions, unit: to DESTDIR PREFIX (default /usr/local)
	$(Q)echo "$$INSTALLED_PROGRAM" | while read -r mode from to; do install -D -m "$$mode" "$$from" "$(DESTDIR)$$to" || exit 1; done
installed-files: completions build/musl/pinetoken $(RELEASED)/libpinetoken.a $(RELEASED)/libpinetoken.so.$(ABI)
	$(Q)sed 's|@PREFIX@|$(PREFIX)|; s|@LIBDIR@|$(LIBDIR)|; s|@VERSION@|$(VERSION)|' packaging/pkgconfig/pinetoken.pc.in > build/install/pinetoken.pc
install: installed-files install-program ## the library too
	$(Q)echo "$$INSTALLED_LIBRARY" | while read -r mode from to; do install -D -m "$$mode" "$$from" "$(DESTDIR)$$to" || exit 1; done
	$(Q)ln -sf libpinetoken.so.$(ABI) $(DESTDIR)$(LIBDIR)/libpinetoken.so
# Where the loader looks by a list that it keeps, that list is made anew.
	$(Q)case "$(DESTDIR)$(LIBDIR)" in /lib* | /usr/lib* | /usr/local/lib*) ldconfig ;; esac
install-python: ## the Python module, to DESTDIR PYTHONDIR
	$(Q)install -d $(DESTDIR)$(PYTHONDIR)/pinetoken
	$(Q)install -m 0644 python/pinetoken/*.py python/pinetoken/py.typed $(DESTDIR)$(PYTHONDIR)/pinetoken
uninstall: ## takes all of it away again
	$(Q)printf '%s\n' "$$INSTALLED_PROGRAM" "$$INSTALLED_LIBRARY" | while read -r mode from to; do rm -f "$(DESTDIR)$$to"; done
	$(Q)rm -f $(DESTDIR)$(LIBDIR)/libpinetoken.so
