namespace ActorRuntime.Configuration;

internal enum HoconTokenKind
{
    End,
    NewLine,
    Comma,
    Colon,
    Equals,
    PlusEquals,
    BraceOpen,
    BraceClose,
    BracketOpen,
    BracketClose,
    Quoted,
    Unquoted,
    Substitution,
    OptionalSubstitution,
}

/// <summary>A word or mark of the text.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">Unescaped text of a string, path of a substitution, else the mark itself.</param>
/// <param name="Line">Line it starts on, from 1.</param>
/// <param name="Space">White space before it on the same line; part of the value when values are concatenated.</param>
internal readonly record struct HoconToken(HoconTokenKind Kind, string Text, int Line, string Space)
{
    /// <summary>How messages name it.</summary>
    public string Name => Kind switch
    {
        HoconTokenKind.End => "end of text",
        HoconTokenKind.NewLine => "end of line",
        HoconTokenKind.Quoted => "a quoted string",
        HoconTokenKind.Substitution => $"${{{Text}}}",
        HoconTokenKind.OptionalSubstitution => $"${{?{Text}}}",
        _ => $"'{Text}'",
    };
}
