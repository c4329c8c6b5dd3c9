"""
A catalogue of faults that a server may have, each put into the mock for as long as a test looks at it.

It shows that `mockserver check` can fail: README.md says which check finds which fault. Nothing of it is in the
package.
"""
