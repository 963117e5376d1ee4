namespace ActorRuntime.Configuration;

/// <summary>Finds what somebody may have meant.</summary>
internal static class EditDistance
{
    private const int LengthMax = 64;

    /// <summary>The candidate with the fewest slips from <paramref name="word"/>, at most a third of its length; the first of equals; null
    /// when all are far.</summary>
    public static string? Nearest(string word, IEnumerable<string> candidates)
    {
        if (word.Length > LengthMax) return null;
        var (best, slips) = ((string?)null, Math.Max(1, word.Length / 3) + 1);
        foreach (var candidate in candidates)
        {
            if (candidate.Length > LengthMax || Math.Abs(candidate.Length - word.Length) >= slips) continue;
            var distance = Between(word, candidate);
            if (distance < slips) (best, slips) = (candidate, distance);
        }
        return best;
    }

    /// <summary>Letters to add, drop, replace or swap with their neighbour (optimal string alignment).</summary>
    public static int Between(string left, string right)
    {
        var rows = new int[left.Length + 1, right.Length + 1];
        for (var i = 0; i <= left.Length; i++) rows[i, 0] = i;
        for (var j = 0; j <= right.Length; j++) rows[0, j] = j;
        for (var i = 1; i <= left.Length; i++)
        {
            for (var j = 1; j <= right.Length; j++)
            {
                var replaced = rows[i - 1, j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1);
                rows[i, j] = Math.Min(replaced, 1 + Math.Min(rows[i - 1, j], rows[i, j - 1]));
                if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1])
                    rows[i, j] = Math.Min(rows[i, j], 1 + rows[i - 2, j - 2]);
            }
        }
        return rows[left.Length, right.Length];
    }
}
