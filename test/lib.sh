# lib.sh - what the scripts share: the private root, the private server, and the user it runs as. Source it with bash.
#
# A private server lives in one directory: root/ (the server's programs copied, its libraries and shared files linked, the
# extension installed), data/, log, and the socket. Nothing of the machine's PostgreSQL is written or listened on.

set -euo pipefail
umask 022
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
export LC_ALL=C.UTF-8 TZ=UTC
unset PGHOST PGHOSTADDR PGPORT PGDATABASE PGUSER PGPASSWORD PGPASSFILE PGSERVICE PGSERVICEFILE PGOPTIONS PGDATA PGSSLMODE PGCLIENTENCODING \
	PGREQUIREPEER PGTZ PGDATESTYLE PGAPPNAME PSQLRC PSQL_HISTORY MAKEFLAGS MFLAGS MAKELEVEL || true
export PGUSER=postgres PGCONNECT_TIMEOUT=20

PG_MAJOR=${PG_MAJOR:-15}
if [ -z "${PG_CONFIG:-}" ]; then
	PG_CONFIG=/usr/lib/postgresql/$PG_MAJOR/bin/pg_config
	[ -x "$PG_CONFIG" ] || PG_CONFIG=pg_config
fi
export PG_CONFIG PG_MAJOR

die() { echo "$*" >&2; exit 1; }

# The server refuses to run as root: then it runs as `postgres`, or `nobody` where that does not exist.
if [ "$(id -u)" = 0 ]; then
	server_user=${RECONCILE_SERVER_USER:-$(id -un postgres 2>/dev/null || echo nobody)}
	as_server() { (cd / && exec runuser -u "$server_user" -- env HOME=/ USER="$server_user" LOGNAME="$server_user" "$@"); }
else
	server_user=$(id -un)
	as_server() { (cd / && exec "$@"); }
fi

# give DIR: hands a directory and all in it to the server's user.
give() { if [ "$(id -u)" = 0 ]; then chown -R "$server_user": "$1"; fi; }

# make_root DIR: makes DIR/root a copy of the server with the extension of this tree (already built) in it.
make_root() {
	local dir=$1 bin lib share entry
	bin=$("$PG_CONFIG" --bindir) lib=$("$PG_CONFIG" --pkglibdir) share=$("$PG_CONFIG" --sharedir)
	[ -x "$bin/postgres" ] || die "no PostgreSQL server in $bin: run 'make deps' first"
	if [ ! -e "$dir/root/complete" ]; then
		rm -rf "$dir/root"
		mkdir -p "$dir/root$bin" "$dir/root$lib/bitcode" "$dir/root$share/extension"
		# programs are copied: they find their libraries from where they really are
		cp -R "$bin/." "$dir/root$bin/"
		for entry in "$lib"/*; do
			case ${entry##*/} in bitcode | reconcile*) ;; *) ln -s "$entry" "$dir/root$lib/" ;; esac
		done
		for entry in "$share"/*; do
			case ${entry##*/} in extension) ;; *) ln -s "$entry" "$dir/root$share/" ;; esac
		done
		for entry in "$share"/extension/*; do
			case ${entry##*/} in reconcile.control | reconcile--*) ;; *) ln -s "$entry" "$dir/root$share/extension/" ;; esac
		done
		touch "$dir/root/complete"
	fi
	# install by rename: a server that runs keeps the library it has mapped
	for entry in reconcile.so; do
		cp "$top/$entry" "$dir/root$lib/$entry.new" && mv "$dir/root$lib/$entry.new" "$dir/root$lib/$entry"
	done
	cp "$top"/reconcile.control "$top"/reconcile--*.sql "$dir/root$share/extension/"
	chmod -R a+rX "$dir/root"
}

bin_of() { echo "$1/root$("$PG_CONFIG" --bindir)"; }

# server_running DIR: is the process in DIR's pid file a postmaster of DIR?
server_running() {
	local pid
	pid=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null) || return 1
	[ -n "$pid" ] && [ "$(readlink "/proc/$pid/cwd" 2>/dev/null)" = "$1/data" ]
}

# start_server DIR: makes what is missing and starts it; harmless when it runs.
start_server() {
	local dir=$1 bin
	[ "${#dir}" -lt 80 ] || die "the directory's name is too long for a socket: $dir"
	mkdir -p "$dir"
	chmod 755 "$dir"
	make_root "$dir"
	bin=$(bin_of "$dir")
	server_running "$dir" && return
	if [ ! -e "$dir/data/PG_VERSION" ]; then
		rm -rf "$dir/data"
		mkdir -p "$dir/data" "$dir/socket" "$dir/files"
		chmod 700 "$dir/data"
		give "$dir/data"; give "$dir/socket"; give "$dir/files"
		as_server "$bin/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync >"$dir/initdb.log" 2>&1 ||
			{ cat "$dir/initdb.log" >&2; return 1; }
		cat >>"$dir/data/postgresql.conf" <<-CONF
			listen_addresses = ''
			unix_socket_directories = '$dir/socket'
			unix_socket_permissions = 0777
			fsync = ${RECONCILE_FSYNC:-off}
			max_connections = 60
			timezone = 'UTC'
			log_timezone = 'UTC'
			datestyle = 'ISO, YMD'
			log_line_prefix = '%m [%p] '
		CONF
	fi
	as_server "$bin/pg_ctl" -D "$dir/data" -l "$dir/data/server.log" -w -t 60 -s start ||
		{ as_server tail -n 20 "$dir/data/server.log" >&2; return 1; }
}

# stop_server DIR [MODE]: stops the server of DIR when it runs.
stop_server() {
	if server_running "$1"; then
		as_server "$(bin_of "$1")/pg_ctl" -D "$1/data" -m "${2:-fast}" -t 60 -w -s stop || as_server "$(bin_of "$1")/pg_ctl" -D "$1/data" -m immediate -w -s stop
	fi
}

# psql_in DIR ARGUMENTS...: psql, as the calling user, in the server of DIR.
psql_in() {
	local dir=$1
	shift
	PGHOST=$dir/socket PGDATABASE=${PGDATABASE:-postgres} "$(bin_of "$dir")/psql" -X "$@"
}
