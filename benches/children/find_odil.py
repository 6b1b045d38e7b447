"""C-FIND with odil, by the Python it is installed for: ``PORT``."""

from __future__ import annotations

import sys
from typing import Any

import odil  # type: ignore[import-not-found]

from benches.children.report import emit, stopwatch
from benches.find_keys import FIND_KEYS
from benches.scenario import AE_TITLE


def main(port: str) -> None:
    """Take every answer in a callback and drop it."""
    query = odil.DataSet()
    query.add("QueryRetrieveLevel", ["STUDY"])
    for keyword in FIND_KEYS:
        query.add(keyword)
    done = 0

    def match(_answer: Any) -> None:
        nonlocal done
        done += 1

    sop_class = odil.registry.StudyRootQueryRetrieveInformationModelFind
    syntaxes = [odil.registry.ExplicitVRLittleEndian]
    context = odil.AssociationParameters.PresentationContext
    with stopwatch() as watch:
        association = odil.Association()
        association.set_peer_host("127.0.0.1")
        association.set_peer_port(int(port))
        association.update_parameters().set_calling_ae_title("ODIL")
        association.update_parameters().set_called_ae_title(AE_TITLE)
        association.update_parameters().set_presentation_contexts(
            [context(sop_class, syntaxes, context.Role.SCU)]
        )
        association.associate()
        scu = odil.FindSCU(association)
        scu.set_affected_sop_class(sop_class)
        scu.find(query, match)
        association.release()
    emit(watch, done)


if __name__ == "__main__":
    main(*sys.argv[1:])
