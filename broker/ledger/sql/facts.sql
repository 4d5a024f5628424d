-- keep --
-- Nothing; the fact waits to be recorded.
insert into ledger.fact (record) values (%(record)s);

-- waiting --
-- Facts that are not recorded yet, in the order in which they came about.
select id, record from ledger.fact order by id;

-- recorded --
-- Nothing; these facts are on the records branch.
delete from ledger.fact where id = any (%(ids)s);
