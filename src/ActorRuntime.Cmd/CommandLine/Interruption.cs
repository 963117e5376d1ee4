namespace ActorRuntime.Cmd.CommandLine;

/// <summary>While it lives, Ctrl-C cancels <see cref="Token"/> instead of ending the process.</summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource _source;

    public Interruption(CancellationToken cancellationToken)
    {
        _source = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Console.CancelKeyPress += OnCancel;
    }

    /// <summary>Cancelled by Ctrl-C, or by the token handed in.</summary>
    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        Console.CancelKeyPress -= OnCancel;
        _source.Dispose();
    }

    private void OnCancel(object? sender, ConsoleCancelEventArgs e)
    {
        e.Cancel = true;
        _source.Cancel();
    }
}
