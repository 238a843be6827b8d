"""The demonstration: a synthetic portfolio, platforms that tell of it, and a view of what follows.

Nobody in it exists. American numbers come from the range that is reserved for fiction, Chinese ones
from a prefix that no carrier has; words such as 示例 and Sample stand in every name.
"""
