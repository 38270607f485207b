"""What tables of the three domains usually look like: columns, their types, and who they identify.

Plain data: a template can stand in for a schema, and the simulators fill it.
"""

from __future__ import annotations

from dataclasses import dataclass

from domain.datasets.entities import (
    ColumnSpec,
    Metadata,
    PiiAction,
    PiiKind,
    SdType,
    TableMetadata,
)


@dataclass(frozen=True, slots=True)
class TemplateColumn:
    """One expected column."""

    name: str
    sdtype: SdType
    pii_kind: PiiKind | None = None
    datetime_format: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """The expected table of a domain."""

    name: str
    title: str
    description: str
    columns: tuple[TemplateColumn, ...]
    target: str
    """The column that such tables are usually asked to predict."""
    primary_key: str

    def metadata(self) -> Metadata:
        """As a schema for a dataset of one such table."""
        columns = tuple(_spec(column) for column in self.columns)
        table = TableMetadata(columns=columns, primary_key=self.primary_key)
        return Metadata(tables={self.name: table})


def _spec(column: TemplateColumn) -> ColumnSpec:
    return ColumnSpec(
        name=column.name,
        sdtype=column.sdtype,
        datetime_format=column.datetime_format,
        pii_kind=column.pii_kind,
        pii_action=PiiAction.SURROGATE if column.pii_kind else PiiAction.KEEP,
    )


_DAY = "%Y-%m-%d"
_SECOND = "%Y-%m-%d %H:%M:%S"

HEALTH = Template(
    name="health_visits",
    title="Hospital visits",
    description="One row a visit: who, when, why, vital signs, cost, and whether they came back.",
    target="readmitted",
    primary_key="visit_id",
    columns=(
        TemplateColumn("visit_id", SdType.ID),
        TemplateColumn("patient_id", SdType.ID, PiiKind.RECORD_NUMBER),
        TemplateColumn("patient_name", SdType.TEXT, PiiKind.NAME),
        TemplateColumn("email", SdType.TEXT, PiiKind.EMAIL),
        TemplateColumn("phone", SdType.TEXT, PiiKind.PHONE),
        TemplateColumn("ssn", SdType.ID, PiiKind.SSN),
        TemplateColumn("birth_date", SdType.DATETIME, PiiKind.BIRTH_DATE, _DAY),
        TemplateColumn("sex", SdType.CATEGORICAL),
        TemplateColumn("admitted_at", SdType.DATETIME, None, "%Y-%m-%d %H:%M"),
        TemplateColumn("department", SdType.CATEGORICAL),
        TemplateColumn("diagnosis", SdType.CATEGORICAL),
        TemplateColumn("smoker", SdType.BOOLEAN),
        TemplateColumn("systolic_bp", SdType.INTEGER),
        TemplateColumn("bmi", SdType.FLOAT),
        TemplateColumn("hba1c", SdType.FLOAT),
        TemplateColumn("days_in_hospital", SdType.INTEGER),
        TemplateColumn("charge", SdType.FLOAT),
        TemplateColumn("readmitted", SdType.BOOLEAN),
    ),
)

FINTECH = Template(
    name="fintech_transactions",
    title="Card transactions",
    description="One row a payment: account, when, where, how much, and the rare fraud.",
    target="is_fraud",
    primary_key="transaction_id",
    columns=(
        TemplateColumn("transaction_id", SdType.ID),
        TemplateColumn("account_id", SdType.ID, PiiKind.RECORD_NUMBER),
        TemplateColumn("booked_at", SdType.DATETIME, None, _SECOND),
        TemplateColumn("merchant_category", SdType.CATEGORICAL),
        TemplateColumn("channel", SdType.CATEGORICAL),
        TemplateColumn("country", SdType.CATEGORICAL),
        TemplateColumn("amount", SdType.FLOAT),
        TemplateColumn("balance_after", SdType.FLOAT),
        TemplateColumn("account_age_days", SdType.INTEGER),
        TemplateColumn("device_score", SdType.FLOAT),
        TemplateColumn("is_fraud", SdType.BOOLEAN),
    ),
)

SALES = Template(
    name="sales",
    title="Order lines",
    description="One row an order line: product, price, discount, delivery, and returns.",
    target="returned",
    primary_key="order_id",
    columns=(
        TemplateColumn("order_id", SdType.ID),
        TemplateColumn("ordered_on", SdType.DATETIME, None, _DAY),
        TemplateColumn("shipped_on", SdType.DATETIME, None, _DAY),
        TemplateColumn("region", SdType.CATEGORICAL),
        TemplateColumn("segment", SdType.CATEGORICAL),
        TemplateColumn("category", SdType.CATEGORICAL),
        TemplateColumn("sku", SdType.CATEGORICAL),
        TemplateColumn("quantity", SdType.INTEGER),
        TemplateColumn("unit_price", SdType.FLOAT),
        TemplateColumn("discount", SdType.FLOAT),
        TemplateColumn("total", SdType.FLOAT),
        TemplateColumn("rating", SdType.INTEGER),
        TemplateColumn("returned", SdType.BOOLEAN),
    ),
)

TEMPLATES = {template.name: template for template in (HEALTH, FINTECH, SALES)}
