"""Words: sandboxed templates, money and dates by locale, segments, and a lint of what is said."""
