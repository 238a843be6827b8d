"""A folder of templates for a test: one key in English, built from its words."""

from pathlib import Path
from shutil import copytree

SHIPPED = Path(__file__).parents[2] / "templates" / "messages"

META = """
about: A test.
purposes: [collection]
class: {template_class}
samples:
  en-US:
    one: &one
      lender_name: Northwind Credit
      amount_minor: 12450
      currency: USD
      due_on: 2026-03-01
      today: 2026-03-04
      as_of: 2026-03-04
      phone: 800-555-0142
  zh-CN:
    one:
      <<: *one
      currency: CNY
      lender_name: 晨光消费金融
      account_tail: "4821"
"""

GOOD = "{{ lender_name }}: {{ amount }} is due. Call {{ phone }}. {{ opt_out_instructions }}"


def a_folder(
    root: Path,
    words: str = GOOD,
    *,
    locale: str = "en-US",
    channel: str = "sms",
    template_class: str = "demand",
) -> Path:
    """Write one template below `root` with the shipped phrases; return the file of its words."""
    copytree(SHIPPED / "_phrases", root / "_phrases", dirs_exist_ok=True)
    folder = root / "test_key" / locale
    folder.mkdir(parents=True, exist_ok=True)
    meta = META.format(template_class=template_class)
    (folder.parent / "meta.yaml").write_text(meta, encoding="utf-8")
    path = folder / f"{channel}.txt.j2"
    path.write_text(words, encoding="utf-8")
    return path
