namespace ActorRuntime.Configuration;

/// <summary>Where a value was written.</summary>
/// <param name="File">Path or name of the text as the caller gave it.</param>
/// <param name="Line">Line in that text, from 1; 0 when it has no lines, as an environment variable.</param>
public sealed record HoconOrigin(string File, int Line)
{
    /// <summary><c>file:line</c>, the form editors and terminals open.</summary>
    public override string ToString() => Line == 0 ? File : $"{File}:{Line}";
}
