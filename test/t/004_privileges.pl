# Nobody may do anything until told so, and what is granted does no more than it says.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use FindBin;
use lib $FindBin::RealBin;
use Reconcile;

my $node = new_node('main');
my $directory = PostgreSQL::Test::Utils::tempdir;
chmod 0755, $directory;
my $file = write_orders("$directory/orders.csv", 10);

sub fails_with
{
	my ($role, $sql, $pattern, $name) = @_;
	my ($status, $out, $err) = $node->psql('postgres', "SET ROLE $role; $sql", extra_params => [ '-v', 'VERBOSITY=verbose' ]);

	isnt($status, 0, "$name: refused");
	like($err, $pattern, "$name: says why");
	return;
}

$node->safe_psql('postgres', 'CREATE ROLE plain; CREATE ROLE clerk;');
fails_with('plain', 'SELECT * FROM reconcile.sales_order', qr/ERROR:  42501/, 'a role without grants reading a table');
fails_with('plain', 'SELECT * FROM reconcile.run()', qr/ERROR:  42501/, 'a role without grants running');

my $objects = q{SELECT string_agg(what, ', ' ORDER BY what) FROM (
	SELECT c.oid::regclass::text AS what FROM pg_class c, aclexplode(coalesce(c.relacl, acldefault(CASE c.relkind WHEN 'S' THEN 's'::"char" ELSE 'r' END, c.relowner))) a
	WHERE c.relnamespace = 'reconcile'::regnamespace AND c.relkind IN ('r', 'v', 'S', 'p', 'm') AND a.grantee = 0
	UNION SELECT p.oid::regprocedure::text FROM pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
	WHERE p.pronamespace = 'reconcile'::regnamespace AND a.grantee = 0
	UNION SELECT 'schema ' || n.nspname FROM pg_namespace n, aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a WHERE n.nspname = 'reconcile' AND a.grantee = 0) x};
is($node->safe_psql('postgres', $objects), '', 'nothing is granted to PUBLIC');

is($node->safe_psql('postgres', q{SELECT string_agg(p.oid::regprocedure::text, ', ' ORDER BY 1) FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
	WHERE p.pronamespace = 'reconcile'::regnamespace AND l.lanname IN ('sql', 'plpgsql') AND p.proname <> 'is_void_status'
	  AND NOT coalesce(p.proconfig, '{}') @> ARRAY['search_path=pg_catalog, pg_temp']}), '', 'every function fixes its search path');
is($node->safe_psql('postgres', q{SELECT string_agg(p.oid::regprocedure::text, ', ') FROM pg_proc p
	WHERE p.pronamespace = 'reconcile'::regnamespace AND p.prosecdef AND p.proconfig IS NULL}), '', 'no definer function without a fixed search path');

is($node->safe_psql('postgres', q{SELECT string_agg(what, ', ' ORDER BY what) FROM (
	SELECT c.oid::regclass::text AS what FROM pg_class c WHERE c.relnamespace = 'reconcile'::regnamespace AND c.relkind IN ('r', 'v', 'p', 'm')
	  AND obj_description(c.oid, 'pg_class') IS NULL
	UNION SELECT p.oid::regprocedure::text FROM pg_proc p WHERE p.pronamespace = 'reconcile'::regnamespace AND obj_description(p.oid, 'pg_proc') IS NULL
	UNION SELECT t.oid::regtype::text FROM pg_type t WHERE t.typnamespace = 'reconcile'::regnamespace AND t.typtype IN ('e', 'd') AND obj_description(t.oid, 'pg_type') IS NULL) x}),
	'', 'every relation, function and type is commented');

# A role that may import is still no reader of the server's files; the one that counts is the session's, not the functions' owner.
$node->safe_psql('postgres', q{
	SELECT reconcile.grant_profile('clerk', 'operator');
	GRANT UPDATE, DELETE ON reconcile.audit_log TO clerk;});
fails_with('clerk', "SELECT * FROM reconcile.import_file('$file', shop => 'US')", qr/ERROR:  42501/, 'a role without pg_read_server_files importing a server file');
is($node->safe_psql('postgres', 'SELECT count(*) FROM reconcile.import'), 0, 'nothing was written');
my $content = slurp_file($file);
is($node->safe_psql('postgres', "SET ROLE clerk; SELECT status, rows_imported FROM reconcile.import_bytes(convert_to(\$\$$content\$\$, 'UTF8'), 'orders.csv', shop => 'US')"),
	'imported|10', 'the same role importing bytes');

$node->safe_psql('postgres', 'GRANT pg_read_server_files TO clerk');
mkdir "$directory/inbox";
chmod 0755, "$directory/inbox";
write_orders("$directory/inbox/more.csv", 11);
symlink "$directory/orders.csv", "$directory/inbox/link.csv";
my $limit = "reconcile.import_directory = '$directory/inbox'";
$node->safe_psql('postgres', "ALTER DATABASE postgres SET $limit");
fails_with('clerk', "SELECT * FROM reconcile.import_file('$file', shop => 'US')", qr/ERROR:  42501/, 'a file outside the import directory');
fails_with('clerk', "SELECT * FROM reconcile.import_file('$directory/inbox/../orders.csv', shop => 'US')", qr/ERROR:  42501/, 'a way out with ..');
fails_with('clerk', "SELECT * FROM reconcile.import_file('$directory/inbox/link.csv', shop => 'US')", qr/ERROR:  42501/, 'a way out by a link');
fails_with('clerk', "SET reconcile.import_directory = ''; SELECT * FROM reconcile.import_file('$file', shop => 'US')", qr/ERROR:  42501/,
	'moving the limit before the library is there');
fails_with('clerk', "SELECT reconcile.natural_key(1, 'x'); SET reconcile.import_directory = ''", qr/ERROR:  42501/, 'moving the limit');
is($node->safe_psql('postgres', "SET ROLE clerk; SELECT rows_imported, rows_known FROM reconcile.import_file('$directory/inbox/more.csv', shop => 'US')"), '1|10',
	'a file inside the import directory');
# Nor can whoever is told to leave approval to another switch that off before the library is there.
$node->safe_psql('postgres', 'ALTER DATABASE postgres SET reconcile.four_eyes = on; CREATE ROLE deputy LOGIN');
$node->safe_psql('postgres', q{SELECT reconcile.grant_profile('deputy', 'admin')});
my ($four_status, $four_out, $four_err) = $node->psql('postgres', "SET reconcile.four_eyes = off; SELECT reconcile.close_period('2020-01-01')",
	extra_params => [ '-U', 'deputy', '-v', 'VERBOSITY=verbose' ]);
isnt($four_status, 0, 'four eyes switched off before the library is there: refused');
like($four_err, qr/ERROR:  (42501|55000)/, 'four eyes switched off before the library is there: says why');
is($node->safe_psql('postgres', 'SELECT count(*) FROM reconcile.period_log'), 0, 'and nothing is closed');
$node->safe_psql('postgres', q{ALTER DATABASE postgres RESET reconcile.four_eyes; SELECT reconcile.revoke_profile('deputy'); DROP ROLE deputy});
foreach my $special ('/dev/zero', $directory, '/proc/self/environ', '/no/such/file')
{
	my ($status, $out, $err) = $node->psql('postgres', "SET reconcile.import_directory = ''; SELECT * FROM reconcile.import_file('$special', shop => 'US')");
	isnt($status, 0, "$special: refused");
	unlike($err, qr/server closed/, "$special: the session lives");
}

fails_with('clerk', "UPDATE reconcile.audit_log SET actor = 'nobody'", qr/ERROR:  55000/, 'changing the audit log');
fails_with('clerk', 'DELETE FROM reconcile.audit_log', qr/ERROR:  55000/, 'deleting from the audit log');

# What the server runs in maintenance is code of a table's owner in the session of another, here of a superuser: it must not act as that one.
write_orders("$directory/secret.csv", 3);
$node->safe_psql('postgres', "ALTER DATABASE postgres RESET reconcile.import_directory; REVOKE pg_read_server_files FROM clerk");
$node->safe_psql('postgres', qq{
	SELECT reconcile.add_merchant('other'), reconcile.add_shop('EU', 'direct', 'USD', 'UTC', merchant => 'other');
	SELECT reconcile.import_file('$directory/secret.csv', shop => 'EU', merchant => 'other');
	CREATE SCHEMA trap AUTHORIZATION clerk;
	SET ROLE clerk;
	CREATE TABLE trap.loot (what text, found text);
	CREATE TABLE trap.bait (i integer);
	INSERT INTO trap.bait VALUES (1);
	CREATE FUNCTION trap.take(what text, query text) RETURNS void LANGUAGE plpgsql AS '
		DECLARE r text; BEGIN EXECUTE query INTO r; INSERT INTO trap.loot VALUES (what, r);
		EXCEPTION WHEN insufficient_privilege THEN INSERT INTO trap.loot VALUES (what, SQLERRM); END';
	CREATE FUNCTION trap.spring(i integer) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS \$f\$ BEGIN
		PERFORM trap.take('file', 'SELECT count(*) FROM reconcile.preview_file(''$directory/secret.csv'', shop => ''US'')');
		PERFORM trap.take('rows', 'SELECT count(*) FROM reconcile.sales_order o JOIN reconcile.shop s USING (shop_id) WHERE s.code = ''EU''');
		RETURN i; END \$f\$;
	CREATE INDEX ON trap.bait (trap.spring(i));
	RESET ROLE;
	TRUNCATE trap.loot;
	ANALYZE trap.bait;});
is($node->safe_psql('postgres', 'SELECT DISTINCT what, found FROM trap.loot ORDER BY what'),
	join("\n", map { "$_|the acting role is not known within a maintenance operation" } qw(file rows)),
	"a clerk's function in the superuser's ANALYZE reads no file and no other merchant's rows");
$node->safe_psql('postgres', 'CREATE MATERIALIZED VIEW trap.receivable AS SELECT * FROM reconcile.receivable; REFRESH MATERIALIZED VIEW trap.receivable');
is($node->safe_psql('postgres', "SELECT count(*) = (SELECT count(*) FROM reconcile.receivable) AND count(*) > 3 FROM trap.receivable"),
	't', "a superuser's materialized view holds all rows");

$node->stop;
done_testing();
