"""The pure core: money, loans, signals, contacts, decisions. No clock, no IO."""
