#pragma warning disable IDE0130 // the real one's namespace
namespace Grpc.Core;
#pragma warning restore IDE0130

/// <summary>By its name what the durable client throws on Azure; this flavour has no gRPC.</summary>
internal sealed class RpcException(string message) : Exception(message);
