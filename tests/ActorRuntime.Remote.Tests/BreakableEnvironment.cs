using System.Net;
using ActorRuntime.Util;

namespace ActorRuntime.Remote.Tests;

/// <summary>The production environment, with outgoing connections that take some writes, lose the next one and break.</summary>
/// <param name="breaks">How many connections break; the ones after them hold.</param>
internal sealed class BreakableEnvironment(int breaks) : RuntimeEnvironment, IStreamNetwork
{
    private readonly ProductionEnvironment _inner = new();
    private int _made;

    public override TimeProvider Time => _inner.Time;
    public override MonotonicTime Now => _inner.Now;
    public override IExecutor Executor => _inner.Executor;
    public override HostInformation Host => _inner.Host;
    public override IStreamNetwork Streams => this;
    public override IDatagramNetwork Datagrams => _inner.Datagrams;
    public override ILockFiles LockFiles => _inner.LockFiles;

    public override IDurableFiles Files => _inner.Files;

    public override Prng Random(string purpose) => _inner.Random(purpose);

    public override IWorker StartWorker(string name) => _inner.StartWorker(name);

    public IStreamListener Listen(IPEndPoint endPoint) => _inner.Streams.Listen(endPoint);

    public async ValueTask<IStreamConnection> ConnectAsync(string host, int port, CancellationToken cancellationToken)
    {
        var connection = await _inner.Streams.ConnectAsync(host, port, cancellationToken);
        var number = Interlocked.Increment(ref _made);
        return number <= breaks ? new Breaking(connection, writes: number % 4) : connection;
    }

    private sealed class Breaking(IStreamConnection inner, int writes) : IStreamConnection
    {
        private int _writes;

        public EndPoint RemoteEndPoint => inner.RemoteEndPoint;

        public ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken) => inner.ReceiveAsync(buffer, cancellationToken);

        public ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
            // "The system took them" says nothing about the other side: these never get there.
            _writes++ < writes ? inner.SendAsync(bytes, cancellationToken) : inner.DisposeAsync();

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
