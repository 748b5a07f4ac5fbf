"""What spans the papers: their claims in one ledger, their own arithmetic, what they leave unsaid,
and experiments that compare their networks with each other.
"""

TITLE = "Across the papers: the ledger of claims, their arithmetic, what is unsaid, and joint experiments"
