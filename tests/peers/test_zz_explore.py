import sys
from collections import Counter
from corpora import corpus_directories
import dicomwire as dw
from comparing import *
import pytest
@pytest.mark.parametrize("which",["storescp","pynetdicom_server","orthanc"])
def test_x(engine, request, which):
    peer=request.getfixturevalue(which)
    scu=dw.StoreScu(peer.peer)
    rs=list(scu.store_iter(corpus_directories()))
    print(which, scu.last_report.sent, scu.last_report.failed, scu.last_report.seconds)
    for r in rs:
        if r.outcome=='failed' and 'not a DICOM file' not in r.error: print('  ',r.path.name, r.outcome, '|', r.error)
    sent=[r for r in rs if r.outcome=='sent']
    if which!='orthanc':
        a=Counter(dataset_bytes(r.path) for r in sent); b=Counter(dataset_bytes(f) for f in peer.files())
        print('missing',sum((a-b).values()),'new',sum((b-a).values()))
        for r in sent:
            if dataset_bytes(r.path) in a-b: print('   not equal', r.path)
    else:
        ids=orthanc_ids=peer.instances()
        print(len(ids))
        for r in sent:
            try:
                st=read(peer.file(ids[r.sop_instance_uid]))
            except KeyError: print('   not there', r.path.name, r.sop_instance_uid); continue
            d=differences(read(r.path), st)
            if d: print('   differs', r.path.name, len(d), d[:3])
