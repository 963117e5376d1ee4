namespace ActorRuntime.Util;

/// <summary>Collects every broken rule of one settings block, so that the operator sees all of them at once.</summary>
/// <param name="path">HOCON path of the block.</param>
public sealed class OptionErrors(string path)
{
    private readonly List<string> _errors = [];

    /// <summary>Records <paramref name="rule"/> when it does not hold.</summary>
    public OptionErrors Require(bool holds, string rule)
    {
        if (!holds) _errors.Add(path + '.' + rule);
        return this;
    }

    /// <summary>Ends the check.</summary>
    /// <exception cref="OptionsException">At least one rule does not hold.</exception>
    public void ThrowIfAny()
    {
        if (_errors.Count > 0) throw new OptionsException(_errors);
    }
}

/// <summary>Settings that cannot be used.</summary>
/// <param name="errors">One line per broken rule.</param>
public sealed class OptionsException(IReadOnlyList<string> errors) : Exception(string.Join('\n', errors))
{
    /// <summary>One line per broken rule.</summary>
    public IReadOnlyList<string> Errors { get; } = errors;
}
