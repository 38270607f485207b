"""What a deletion certificate says about the method, its conditions, and what remains.

Cryptographic erase: NIST SP 800-88 Rev. 2, *Guidelines for Media Sanitization* (September 2025).
"""

from __future__ import annotations

STANDARD = "Cryptographic erase (NIST SP 800-88 Rev. 2)"

METHOD = (
    "Every stored file was encrypted with AES-256-GCM before it was written, each under a random "
    "256-bit key of its own, which existed only wrapped by the master key of the instance. The "
    "wrapped keys were deleted from the database, and then the encrypted files. Without its key a "
    "copy of an encrypted file cannot be read by anybody, this instance included."
)

CONDITIONS = (
    "All of the data was encrypted before it was stored: uploads are encrypted as they arrive, and "
    "nothing of them is written to disk in the clear. This holds for the product; swap space, core "
    "dumps and disks of virtual machines are the operator’s.",
    "Every copy of the keys has to be gone. A backup of the database made before the deletion "
    "holds the wrapped keys; whoever has it, the master key and a backup of the encrypted files "
    "can still read them. The erasure is complete when such backups are destroyed or have expired.",
    "On SQLite deleted keys are overwritten with zeros and the write-ahead log is emptied as soon "
    "as nobody reads; on PostgreSQL deleted rows stay in data pages, in the write-ahead log and on "
    "replicas until they are vacuumed, recycled and overwritten. Storage with versions keeps "
    "encrypted files until old versions expire.",
    "The master key must not have been disclosed. It is not destroyed by deleting one dataset, for "
    "other datasets need it; and rotating it keeps the older ones, so it makes no backup "
    "unreadable.",
    "Whether cryptographic erase suffices for the confidentiality of this data, and who verifies "
    "it, is for the organisation’s programme of media sanitization to say.",
)

REMAINS = (
    "The record of the dataset: its name, those of its files and columns, their hashes and sizes, "
    "the numbers of rows, who uploaded and confirmed it and when.",
    "The audit log, which never forgets and holds no cell value.",
    "Synthetic rows that were drawn before, evaluations, and evidence packs.",
    "The ledger of spent privacy. Where privacy of these people was spent, keyed digests of their "
    "rows too, so that uploading them again begins no new budget, until an administrator has the "
    "people forgotten.",
    "Whatever left the instance before: the files that were uploaded, where they came from, and "
    "copies in other datasets or other systems. This certificate does not speak of them.",
)
