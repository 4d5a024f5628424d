-- Claims take steps in `settle_v1`: nothing commits one claim by itself any more.
drop function ledger.commit_v1(text);
drop function ledger.claim_in_v1(text, text, text[]);
