namespace ActorRuntime.Node.Commands;

/// <summary>Names of the code as operators write them: <c>LockFile</c> is <c>lock-file</c>.</summary>
internal static class CommandWords
{
    public static string Of<T>(T value)
        where T : struct, Enum => Of(value.ToString());

    public static string Of(string name) =>
        string.Concat(name.Select((letter, i) => (i > 0 && char.IsUpper(letter) ? "-" : "") + char.ToLowerInvariant(letter)));
}
