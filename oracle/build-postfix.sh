#!/bin/sh
# Builds a private Postfix from source for recording: build-postfix.sh SOURCE [PREFIX]
#
# SOURCE is a git repository or directory with the Postfix source (its postfix/ folder where it has one); PREFIX, where it is installed,
# is /tmp/oracle-pf by default. Nothing is written elsewhere. Needs gcc, make, m4 and the development files of OpenSSL, LMDB, PCRE2, ICU
# and libnsl (Debian: libssl-dev liblmdb-dev libpcre2-dev libicu-dev libnsl-dev), and the users postfix and postdrop of Debian's package.
set -e
source=$1
prefix=${2:-/tmp/oracle-pf}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if git --git-dir="$source" rev-parse HEAD >/dev/null 2>&1; then
    git --git-dir="$source" archive HEAD | tar x -C "$work"
else
    cp -r "$source/." "$work"
fi
cd "$work"
[ -d postfix ] && cd postfix
make -f Makefile.init makefiles shared=yes dynamicmaps=no pie=no OPT=-O1 \
    default_database_type=lmdb default_cache_db_type=lmdb \
    CCARGS='-DNO_DB -DNO_NIS -DUSE_TLS -DUSE_SASL_AUTH -DHAS_LMDB -DDEF_SERVER_SASL_TYPE=\"dovecot\"' \
    AUXLIBS='-lssl -lcrypto' AUXLIBS_LMDB='-llmdb' AUXLIBS_PCRE='-lpcre2-8' \
    shlib_directory="$prefix/lib" daemon_directory="$prefix/libexec" command_directory="$prefix/sbin" \
    config_directory="$prefix/etc" meta_directory="$prefix/etc" sendmail_path="$prefix/sbin/sendmail" \
    newaliases_path="$prefix/bin/newaliases" mailq_path="$prefix/bin/mailq" queue_directory="$prefix/spool" \
    data_directory="$prefix/data" manpage_directory="$prefix/man" readme_directory=no html_directory=no >build.log
nice make -j2 >>build.log 2>&1 || { tail -20 build.log; exit 1; }
# The package root keeps the installer away from the machine's own Postfix; then the tree is copied to its place.
make non-interactive-package install_root="$work/root" tempdir="$work" >>build.log 2>&1 || { tail -20 build.log; exit 1; }
mkdir -p "$prefix"
cp -a "$work/root$prefix/." "$prefix/"
"$prefix/sbin/postconf" mail_version
