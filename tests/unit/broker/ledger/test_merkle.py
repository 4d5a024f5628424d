from broker.ledger import merkle

# leaves and tree hashes of the test vectors that every RFC 6962 log shares
LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = {
    0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}


def test_the_tree_hash_is_that_of_rfc_6962() -> None:
    leaves = [merkle.leaf_hash(bytes.fromhex(leaf)) for leaf in LEAVES]
    assert {size: merkle.root(leaves[:size]).hex() for size in ROOTS} == ROOTS
