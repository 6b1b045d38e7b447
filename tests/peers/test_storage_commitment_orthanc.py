from dicomwire import CommitmentOptions, EventListener, StorageCommitmentScu, StoreScu


def test_orthanc(engine, orthanc_archive, destinations):
    paths = list(orthanc_archive.sources.values())[:5]
    with EventListener("DICOMWIRE", port=destinations["DICOMWIRE"]) as listener:
        scu = StorageCommitmentScu(orthanc_archive.peer)
        r = scu.request(
            [
                *paths,
                ("1.2.840.10008.5.1.4.1.1.2", "2.25.123"),
                ("1.2.840.10008.5.1.4.1.1.2.1", list(orthanc_archive.sources)[7]),
            ],
            wait=10,
            listener=listener,
        )
        print(r.summary, r.status, r.pattern, r.seconds, r.retrieve_ae_title)
        scu = StorageCommitmentScu(orthanc_archive.peer, calling_ae_title="NOBODY")
        try:
            r = scu.request(paths, wait=1, listener=listener)
        except Exception as e:
            print(repr(e), scu.last_result)
        print(r.summary, r.status, r.pattern, r.seconds)
        scu = StorageCommitmentScu(orthanc_archive.peer)
        a = scu.request(paths, wait=10, listener=listener, transaction_uid="2.25.77")
        print(a.summary)
        a = scu.request(paths, wait=3, listener=listener, transaction_uid="2.25.77")
        print(a.summary)
        rep = StoreScu(orthanc_archive.peer).store(
            paths, commit=CommitmentOptions(listener=listener)
        )
        print(rep.commitment, rep.results[0], rep.raise_for_failures())
    with scu:
        r = scu.request(paths, wait=1)
        print(r.summary)
    r = scu.request(paths, wait=5, listen=destinations["DICOMWIRE"])
    print(r.summary)
