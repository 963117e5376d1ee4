namespace ActorRuntime.Configuration;

/// <summary>Bounds on what a configuration may ask of its reader. Texts beyond them are refused with file and line.</summary>
internal static class HoconLimits
{
    /// <summary>Nesting of objects and lists, also after substitution. The reader recurses once per level.</summary>
    public const int DepthMax = 100;

    /// <summary>Characters of one text. A real configuration has some thousand.</summary>
    public const int TextCharsMax = 8 * 1024 * 1024;

    /// <summary>Files read for one configuration: files that include each other twice would otherwise double at each level.</summary>
    public const int IncludesMax = 200;

    /// <summary>Size of one value after substitution, in characters plus values: repeated <c>${a}${a}</c> doubles at each line.</summary>
    public const long WeightMax = 16 * 1024 * 1024;

    /// <summary>Work of merging and concatenating in one configuration, in the same measure: a key may be laid over itself very
    /// often.</summary>
    public const long WorkMax = 4 * WeightMax;

    /// <summary>Values being resolved at once, one inside or because of the other.</summary>
    public const int ResolvingMax = 200;
}
