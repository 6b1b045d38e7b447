import pytest

from dicomwire import StorageCommitmentScu

CT = "1.2.840.10008.5.1.4.1.1.2"
P = [(CT, f"2.25.{n}") for n in range(1, 5)]


@pytest.mark.parametrize("way", ["SAME", "BEFORE", "NEXT", "TWICE", "STRANGER"])
def test_same(engine, commitment_scp, way):
    scu = StorageCommitmentScu(commitment_scp.peer(f"ALL-{way}"))
    r = scu.request(P, wait=3 if way != "NEXT" else None)
    if way == "NEXT":
        r.wait(3)
    print(r, r.summary, r.pattern, r.seconds)
    print(commitment_scp.answers(1))
    assert r.all_committed


@pytest.mark.parametrize("way", ["BACK", "BACKFIRST", "BACKTWICE"])
def test_back(called, way):
    r = called.scu(f"ALL-{way}").request(P, wait=3, listener=called.listener)
    print(r, r.summary, r.pattern, r.seconds)
    print(called.scp.answers(1))
    assert r.all_committed
