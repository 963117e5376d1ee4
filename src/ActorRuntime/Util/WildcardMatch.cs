namespace ActorRuntime.Util;

/// <summary>Patterns with <c>*</c> (any text) and <c>?</c> (any one character).</summary>
public static class WildcardMatch
{
    /// <summary>True when <paramref name="text"/> as a whole fits. Linear in text times pattern.</summary>
    public static bool Like(this string text, string pattern, bool caseSensitive = true)
    {
        var comparison = caseSensitive ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase;
        var (at, of, star, mark) = (0, 0, -1, 0);
        while (at < text.Length)
        {
            if (of < pattern.Length && pattern[of] == '*')
            {
                (star, mark) = (of++, at);
            }
            else if (of < pattern.Length && (pattern[of] == '?' || text.AsSpan(at, 1).Equals(pattern.AsSpan(of, 1), comparison)))
            {
                at++;
                of++;
            }
            else if (star >= 0)
            {
                // Let the last star take one character more.
                (of, at) = (star + 1, ++mark);
            }
            else
            {
                return false;
            }
        }

        return pattern.AsSpan(of).Trim('*').IsEmpty;
    }

    internal static bool IsPattern(string text) => text.AsSpan().ContainsAny('*', '?');
}
